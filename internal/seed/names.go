package seed

import (
	"strings"
	"sync"
)

// first and last are given names and family names of many languages, common ones first. What is not in
// Latin letters is followed by how its bearer writes it in an address. They are read when first asked
// for: servers never do.
var (
	first = sync.OnceValue(func() []name {
		return names(`Maria Mohamed Anna David Fatima José Olga Thabo Wei Amina Daniel Sara Juan Elena Ahmed Sofia Peter
		Priya John Laura Ali Zoë Michael Yusuf Eva Carlos Nina Ibrahim Julia Luis Lerato Omar Ana Paul Grace Aisha
		Martin Leila Lucas Chen Marta Thomas Noor Emma Andrés Ivan Isabel Kofi Hana Pedro Mia Samuel Ingrid Raj
		Chloé Hassan Lena Diego Nomvula Jan Rosa Amara Mateo Linh Karim Alice Björn Naledi Marco Yuki Sipho Clara
		Tariq Lucía Minh Ester Chidi Katarzyna Erik Zanele Hugo Irina Tendai Agnieszka François Zahra Oliver Mei
		Stefan Ngozi Łukasz Mariam Jakub Yara Antonio Siti Nikolai Renée Kwame Jürgen Anjali Pablo Şebnem Haruto
		Søren Bongani Małgorzata Paolo Ximena Viktor Layla Tomasz Inês Adebayo Hélène Mehmet Çiğdem Arjun Beatriz
		Ólafur Nadia Rui Gunnar Wanjiru Jiří Salma Emre Giulia Núria Kwabena Zsófia Henrik Tuấn Camila Youssef
		Mireille Dušan Anaïs Óscar Ayşe Ndidi Matthias Ruth Célia Oluwaseun İpek Fionn Siobhán Piotr Aoife Vusi
		Žofie Håkon Nthabiseng Gábor Rania Aurélie Tomás Kaya Bogdan Teresa Idris Maja Ravi Noémie Ewa Juho
		Lindiwe Xavier Þóra Malik Ilse Kiran Ángel Dalia Wojciech Amélie Sanjay Bára Farid Greta Thandiwe Enzo
		Дмитрий/dmitri Анна/anna Сергей/sergei Наталья/natalia Олександр/oleksandr Γιώργος/giorgos Ελένη/eleni
		محمد/mohammed فاطمة/fatima מרים/miriam 伟/wei 芳/fang さくら/sakura 大翔/hiroto 민준/minjun 서연/seoyeon
		अमित/amit प्रिया/priya สมชาย/somchai`)
	})
	last = sync.OnceValue(func() []name {
		return names(`García Wang Smith Nguyen Khan Dlamini Müller Silva Mohamed Ivanov Kim Patel Okafor Santos Nkosi Hansen
		Rossi Kowalski Li Ahmed Martin Mensah Sato Fernández Singh Novák Jansen Andersson Ali Cohen Botha Schmidt
		Rodríguez Hassan Tan Moyo Dubois Popescu Yılmaz López Nagy Johansson Abdullah Naidoo Costa Williams Zhang
		Haddad Petrov Murphy Diallo Weber Reyes Suzuki González Mokoena Lindqvist Adeyemi Bernard Öztürk Horvat
		Sharma Fischer Pereira Traoré Jones Zulu Virtanen Kaya Romano Gupta Nowak Mbeki Sánchez Le Keita Bauer
		Eriksson Ndlovu Torres Chukwu Ferrari Brown Šimić Demir Moreau Svensson Van_der_Merwe Wójcik Osei Kovács
		Hernández Nel Berg Yamamoto Odhiambo Løkken Ramírez Mahlangu Schneider O'Brien Lefèvre Kamau De_Jong
		Wiśniewski Boateng Çelik Nielsen Castro Ito Abebe Papadopoulos Ó_Súilleabháin Barros Nyambura Hofmann
		Karlsson Vásquez Lê Tshabalala Tóth Bianchi Rahman Krüger Morales Eze Dvořák Van_Dijk Nakamura Sithole
		Laurent Arslan Højgaard Gómez Balogun Ortiz Zieliński Richter Fofana Núñez Mäkinen Fourie Sørensen Díaz
		Szabó Ogunleye Greco Khoza Lewandowski Peña Wolff Sow Ng Pretorius Álvarez Zimmermann Ionescu Taylor
		Aydın Machado Gjertsen Nwosu Ruiz Mazur Chaudhry Du_Plessis Björnsdóttir Kruger Marković Achieng Meyer
		Ribeiro Ożóg Rasmussen Addo Guðmundsson Thompson Vermeulen Hoang Dąbrowska Molefe Carvalho Straßer Wanjiku
		Kaplan Leclerc Mthembu Żak Campbell Ćosić Vogel Delgado Ågren Banda Vu Estévez Hlongwane Grünwald Simões
		Смирнов/smirnov Кузнецова/kuznetsova Шевченко/shevchenko Παππάς/pappas حداد/haddad כהן/cohen 王/wang 李/li
		佐藤/sato 鈴木/suzuki 김/kim 박/park शर्मा/sharma ศรีสุข/srisuk`)
	})
)

// name is how somebody is called, and the same as it stands in an e-mail address.
type name struct{ shown, typed string }

func names(text string) []name {
	var list []name
	for _, word := range strings.Fields(text) {
		shown, typed, latin := strings.Cut(word, "/")
		shown = strings.ReplaceAll(shown, "_", " ")
		if !latin {
			typed = plain(shown)
		}
		list = append(list, name{shown, typed})
	}
	return list
}

// countries are where people come from: the code, what their mobile numbers begin with, and how many
// digits follow.
var countries = []struct {
	code, mobile string
	digits       int
}{
	{"ZA", "+2782", 7}, {"NG", "+23480", 8}, {"IN", "+9198", 8}, {"BR", "+55119", 8}, {"DE", "+49151", 8},
	{"GB", "+4477", 8}, {"KE", "+25472", 7}, {"FR", "+3361", 7}, {"ES", "+3461", 7}, {"PL", "+4850", 7},
	{"TR", "+9053", 8}, {"EG", "+2010", 8}, {"CN", "+86138", 8}, {"PT", "+3519", 8}, {"SE", "+4670", 7},
	{"VN", "+8490", 7}, {"GH", "+23324", 7}, {"MX", "+5255", 8}, {"JP", "+8190", 8}, {"NL", "+316", 8},
}

// hosts are those of addresses; all of them are reserved (RFC 2606), so that nobody gets mail.
var hosts = []string{"example.com", "mail.example", "example.org", "post.example", "example.net", "web.example"}
